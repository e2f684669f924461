#!/bin/sh
# Installs what the tests need beside Go: PostgreSQL, a browser without a window,
# a Chinese font, and the accessibility rules (npm, for tests only). As root it
# installs what is missing; otherwise it names it and fails.
set -eu
cd "$(dirname "$0")/.."

missing=
need() { missing="$missing $1"; }
has() { command -v "$1" >/dev/null; }

ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has initdb || [ -n "${PG_BIN:-}" ] || need postgresql
has chromium-headless-shell || has chromium || has chromium-browser || has google-chrome || has chrome || need chromium-headless-shell
if [ "$(uname)" = Linux ] && ! ls /usr/share/fonts/truetype/wqy/* >/dev/null 2>&1 && ! fc-list :lang=zh 2>/dev/null | grep -q .; then
	need fonts-wqy-microhei
fi
if [ -f test/browser/package-lock.json ]; then
	has npm || need npm
fi

if [ -n "$missing" ]; then
	# shellcheck disable=SC2086 # one word for each package
	if [ "$(id -u)" = 0 ] && has apt-get; then
		echo "installing$missing"
		export DEBIAN_FRONTEND=noninteractive
		apt-get -q update
		apt-get -q install -y --no-install-recommends $missing
	else
		echo "The tests need what is not installed here. Run" >&2
		echo "  sudo apt-get install -y$missing" >&2
		exit 1
	fi
fi

# Run once for each lock file; a copy of it tells which one was installed.
if [ -f test/browser/package-lock.json ] && ! cmp -s test/browser/package-lock.json test/browser/node_modules/.installed; then
	npm --prefix test/browser ci --ignore-scripts --no-audit --no-fund
	cp test/browser/package-lock.json test/browser/node_modules/.installed
fi
