#!/bin/sh
# Finds a Chromium for the browser tests, installs one where there is none, and prints its path.
# What it does on the way goes to stderr, so that `CHROMIUM=$(tools/browser.sh)` holds the path alone.
# PYTHON names an interpreter that has playwright, for the last resort.
set -u

PYTHON=${PYTHON:-python3}
MAC="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

say() { printf '%s\n' "$*" >&2; }

# A stub that only points to another package (Ubuntu's chromium-browser) has no version and does not count.
works() { "$1" --version >/dev/null 2>&1; }

offer() {
    path=$(command -v "$1" 2>/dev/null) || return 1
    works "$path" || return 1
    printf '%s\n' "$path"
    exit 0
}

look() {
    for name in chromium chromium-browser google-chrome google-chrome-stable "$MAC"; do
        offer "$name"
    done
}

playwrights_own() {
    "$PYTHON" -c 'from playwright.sync_api import sync_playwright as start
with start() as playwright:
    print(playwright.chromium.executable_path)' 2>/dev/null
}

# A fresh cloud image may still be updating itself: wait for its lock instead of failing.
apt() {
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 update >&2 &&
        "$@" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium >&2
}

if [ -n "${CHROMIUM:-}" ]; then
    offer "$CHROMIUM"
    say "CHROMIUM is set to '$CHROMIUM', which does not run. Set it to the path of a Chromium or Chrome, or unset it."
    exit 1
fi

look
own=$(playwrights_own) && [ -n "$own" ] && offer "$own"

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        say "No Chromium found: installing the distribution's."
        apt && look
    elif sudo -n true 2>/dev/null; then
        say "No Chromium found: installing the distribution's through sudo."
        apt sudo -n && look
    fi
fi

say "No Chromium from the distribution: asking playwright for its own."
"$PYTHON" -m playwright install chromium >&2
own=$(playwrights_own) && [ -n "$own" ] && offer "$own"

say "No Chromium could be found or installed. Install one (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to its path, then run again."
exit 1
