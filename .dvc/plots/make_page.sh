#!/usr/bin/env bash
# Makes page.html, the page of `dvc plots`: layout.html below the three libraries that draw, so that
# it needs no network; and LICENSES.txt of what is in them. Needs npm.
set -euo pipefail
cd "$(dirname "$0")"

libraries="vega@5.33.1 vega-lite@5.23.0 vega-embed@6.29.0" # DVC's templates are of vega-lite 5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2086
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent $libraries

{
    printf '<!DOCTYPE html>\n<!-- Made by make_page.sh; do not edit. Licences: LICENSES.txt -->\n'
    printf '<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>DVC plots</title>\n'
    for library in $libraries; do
        name=${library%@*}
        printf '<script>/* %s, BSD-3-Clause */\n' "$library"
        grep -v '^//# sourceMappingURL=' "$folder/node_modules/$name/build/$name.min.js"
        printf '</script>\n'
    done
    cat layout.html
} >page.html

{
    printf 'page.html holds %s and, within them,\nthe packages below, each under its licence. ' \
        "${libraries// /, }"
    printf 'That of vega-lite is that of every package vega-*.\n'
    cd "$folder/node_modules"
    for licence in vega-lite/LICENSE d3-*/LICENSE {internmap,topojson-client,delaunator}/LICENSE \
        {robust-predicates,json-stringify-pretty-compact,semver}/LICENSE \
        {fast-json-patch,tslib}/LICENSE.txt; do
        printf '\n--- %s\n\n' "${licence%/*}"
        cat "$licence"
    done
} | sed 's/[[:space:]]*$//' >LICENSES.txt
