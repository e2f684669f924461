#!/bin/sh
# Fails when a source file is longer than 500 lines, and names it. Tests and
# generated files may be longer: nobody reads them from top to bottom.
set -eu
git ls-files --cached --others --exclude-standard -- '*.go' '*.sql' '*.templ' '*.sh' | {
	long=0
	while read -r file; do
		case $file in *_test.go) continue ;; esac
		[ -f "$file" ] || continue
		lines=$(wc -l <"$file")
		if [ "$lines" -gt 500 ] && ! head -n 5 "$file" | grep -q '^// Code generated .* DO NOT EDIT\.$'; then
			echo "$file has $lines lines; 500 is the most: split it by what it is about" >&2
			long=1
		fi
	done
	exit $long
}
