#!/bin/sh
# Fails when generating changes a file, and names each: what is committed is not
# what its source says. Works in a tree with uncommitted changes too.
set -eu
fingerprint() {
	git ls-files --cached --others --exclude-standard | sort -u | while read -r file; do
		if [ -f "$file" ]; then
			echo "$(git hash-object "$file") $file"
		fi
	done
}
before=$(mktemp)
after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT
fingerprint >"$before"
make --no-print-directory generate
fingerprint >"$after"
if changed=$(diff "$before" "$after"); then
	echo "generated files are up to date"
	exit
fi
echo "generated files were not up to date; 'make generate' has just changed:" >&2
echo "$changed" | sed -n 's/^[<>] [0-9a-f]* /  /p' | sort -u >&2
exit 1
