#!/usr/bin/env bash
# What `npm start` does: in a network namespace of its own, tuntcp serves and the real curl, telnet and nc talk to it,
# while the state transitions and the segments are shown as they happen. On a terminal it leaves you in a shell there.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if [ "${1:-}" != --inside ]; then
  [ -f dist/src/cli/main.js ] || npm run build || exit 1
  if [ ! -f native/build/tun.node ]; then
    echo "The TUN device was not built: $(cat native/build/why-not.txt 2>/dev/null || echo "run 'npm install'")" >&2
    exit 1
  fi
  exec scripts/netns.sh "$0" --inside
fi

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
tuntcp() { node dist/src/cli/main.js "$@"; }

directory=$(mktemp -d "${TMPDIR:-/tmp}/tuntcp-XXXXXX") || exit 1
capture=$directory/tuntcp.pcapng
export XDG_RUNTIME_DIR=$directory

# 2 MSL of one second: TIME_WAIT ends while you watch.
node dist/src/cli/main.js serve --log-level trace --log-format pretty --msl 500 --pcap "$capture" \
  --control "$directory/control" &
server=$!

stop() {
  kill -TERM "$server" 2>/dev/null
  wait "$server" 2>/dev/null
}
trap stop EXIT

while [ ! -S "$directory/control" ]; do
  # It has said why.
  kill -0 "$server" 2>/dev/null || { rm -rf "$directory"; exit 1; }
  sleep 0.05
done

# For the eye only: the lines of one experiment end before the next headline.
pause() { sleep 0.4; }
missing() { echo "($1 is not here: $2)"; }
ok=0

say "curl http://192.0.2.2/   the client closes first: we go CLOSE_WAIT, LAST_ACK, CLOSED"
if command -v curl >/dev/null; then
  curl -sS --max-time 10 -o /dev/null -w 'curl: HTTP %{http_code}, %{size_download} bytes\n' http://192.0.2.2/ || ok=1
  pause
else
  missing curl 'apt-get install curl'
fi

say "telnet 192.0.2.2 13   the server closes first: FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT for 2 MSL"
if command -v telnet >/dev/null; then
  # It leaves with 1 when the other side closes, and at the end of its input, which must come later.
  telnet 192.0.2.2 13 < <(sleep 1) 2>&1 | sed 's/^/telnet: /' || true
  pause
else
  missing telnet 'apt-get install telnet; with bash instead'
  (exec 3<>/dev/tcp/192.0.2.2/13 && sed 's/^/bash: /' <&3) || ok=1
  pause
fi

say "nc -N 192.0.2.2 7   half-close: the answer comes after the client's FIN"
if command -v nc >/dev/null && nc -h 2>&1 | grep -q -- '-N'; then
  printf 'hello, tuntcp\n' | nc -N 192.0.2.2 7 | sed 's/^/nc: /' || ok=1
  pause
else
  missing 'nc with -N' 'apt-get install netcat-openbsd'
fi

say "a port where nobody listens   RST, connection refused"
(exec 3<>/dev/tcp/192.0.2.2/99) 2>&1 | sed 's/.*: /bash: /' | tail -n 1
pause

say "tuntcp ss   what is left"
tuntcp ss --control "$directory/control"

say "Everything is in $capture"
echo "Open it with: wireshark $capture   (each transition is a comment on its packet: add the column frame.comment)"

if [ -t 0 ] && [ -t 1 ]; then
  say "You are in a shell in this network, the stack is running. Try: curl -v http://192.0.2.2/bytes/1000000"
  echo "   telnet 192.0.2.2 7 · ping 192.0.2.2 · tcpdump -ni tuntcp0 · npx tuntcp ss -e · 'exit' ends it all"
  "${SHELL:-/bin/bash}" || true
fi
exit "$ok"
