import subprocess
import sys

from lesion_pipeline.search.owner import gone, this_owner

TELL = "import json; from lesion_pipeline.search.owner import this_owner; "
TELL += "print(json.dumps(this_owner()), flush=True); input()"


def test_a_process_is_gone_once_it_has_ended() -> None:
    import json

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", TELL], **pipes) as process:
        owner = json.loads(process.stdout.readline())
        assert not gone(owner)
        process.kill()
        process.wait()
        assert gone(owner)


def test_this_one_is_not_gone_and_its_number_alone_is_not_enough() -> None:
    assert not gone(this_owner())
    assert gone(this_owner() | {"start": "1"})


def test_nothing_is_known_of_other_machines() -> None:
    assert not gone({"host": "elsewhere", "pid": 2**22, "start": "1"})
