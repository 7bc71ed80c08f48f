#!/bin/sh
# Run a preset on the complete collection, from images to exported network; print how long each
# stage took and the headline metrics.
#
#     benchmarks/ham10000.sh fast /absolute/path/to/ham10000     # or best
set -eu
cd "$(dirname "$0")/.."
test $# -eq 2 || { echo "usage: benchmarks/ham10000.sh fast|best /absolute/path" >&2; exit 2; }
# shellcheck disable=SC2046  # a preset is a list of arguments
python benchmarks/stages.py $(cat "presets/$1") -S fetch.source=local -S "fetch.path=$2"
printf '\n`presets/%s`\n\n' "$1"
python benchmarks/figures.py
