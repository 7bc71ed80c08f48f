"""Stage finish: print the closing lines of `dvc repro`, also if all else was in the run-cache."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_text
from lesion_pipeline.core.stage import run_stage


def main() -> None:
    """Run the stage."""
    lines = paths.CLOSING.read_text(encoding="utf-8")
    lines += f"Report:  {paths.REPORT}, to read, print and send\n"
    write_text(paths.PRINTED, lines)
    print(lines, end="")


if __name__ == "__main__":
    run_stage(main)
