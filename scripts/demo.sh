#!/usr/bin/env bash
# `npm start`: in a network namespace of its own tuntcp serves, the real curl, telnet and nc talk to it, and
# the state transitions and segments are shown as they happen. On a terminal it leaves you in a shell there.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if [ "${1:-}" != --inside ]; then
  if [ ! -f native/build/tun.node ]; then
    echo "The native part of tuntcp, its TUN device, is not built:" \
      "$(cat native/build/why-not.txt 2>/dev/null || echo 'its install script has not run.')" \
      'Then run: npm install' >&2
    exit 1
  fi
  [ -f dist/package/main.js ] || npm run build || exit 1
  exec node scripts/with-page.js scripts/netns.sh scripts/demo.sh --inside
fi

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' plain=$'\e[0m'
  export FORCE_COLOR=1
fi
failed=0
address=192.0.2.2

headline() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '   %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

directory=$(mktemp -d "${TMPDIR:-/tmp}/tuntcp-demo-XXXXXX") || exit 1
capture=$directory/tuntcp.pcapng
mkfifo "$directory/log" "$directory/silence"
mkdir "$directory/bin"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$(command -v node)" "$PWD/dist/package/main.js" >"$directory/bin/tuntcp"
chmod +x "$directory/bin/tuntcp"
export PATH="$directory/bin:$PATH" XDG_RUNTIME_DIR="$directory"

# 2 MSL of one second: TIME_WAIT ends while you watch.
page=''
[ -z "${PAGE_FD:-}" ] || page="--ui=fd:$PAGE_FD"
tuntcp serve --log-level trace --log-format pretty --msl 500 --pcap "$capture" ${page:+"$page"} >"$directory/log" 2>&1 &
server=$!
# The page's socket is the server's alone.
[ -z "$page" ] || exec 9<&-
# We show its lines ourselves, so that the answers of its clients come after them and not in their midst.
exec 3<"$directory/log"
# Standard input for clients that would leave at its end.
exec 4<>"$directory/silence"

stop() {
  [ -n "$server" ] || return
  kill -TERM "$server" 2>/dev/null
  # It may have more to say than a pipe holds.
  cat <&3 >/dev/null
  wait
  server=''
}
finish() {
  stop
  rm -rf "$directory/log" "$directory/silence" "$directory/bin" "$directory/answer" \
    "$directory/busy" "$directory/pending" "$directory/shown"
  # Nothing was captured when it could not even begin.
  rmdir "$directory" 2>/dev/null
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Shows the log up to a line that contains one of the words, without what is noise to the eye.
show_until() {
  local line text word
  while IFS= read -r -t 15 -u 3 line; do
    case $line in
    *' timer armed '* | *' timer stopped' | *' ICMP6, router solicitation,'* | *' dropped: icmp-neighbor') ;;
    *) printf '%s\n' "$line" ;;
    esac
    # Without its colours.
    text=${line//$'\e'\[[0-9][0-9]m/}
    text=${text//$'\e'\[0m/}
    for word in "$@"; do
      case $text in *"$word"*) return 0 ;; esac
    done
  done
  return 1
}

# Runs a client, shows the log until one of the words before `--` comes, then what the client has printed.
watch_client() {
  local words=()
  while [ "$1" != -- ]; do
    words+=("$1")
    shift
  done
  shift
  "$@" >"$directory/answer" 2>&1 3<&- 4<&- &
  local client=$! code
  if ! show_until "${words[@]}"; then
    note 'The log has ended, or said nothing for 15 s.'
    failed=1
  fi
  wait "$client"
  code=$?
  sed 's/^/    | /' "$directory/answer"
  return "$code"
}

missing() { note "There is no $1 here: $2"; }

headline 'tuntcp serve   a TCP/IP stack in a process, behind a TUN device'
ready='tuntcp serves'
[ -z "$page" ] || ready='shows it live'
if ! show_until "$ready"; then
  # It has said why.
  exit 1
fi

headline "curl http://$address/   the client closes first: we go to CLOSE_WAIT, LAST_ACK, CLOSED"
if have curl; then
  watch_client 'LAST_ACK → CLOSED' -- curl -sS --max-time 10 "http://$address/" || failed=1
else
  missing curl 'apt-get install curl'
fi

telnet_quietly() { timeout 15 telnet "$@" </dev/fd/5; }
bash_reads() { (exec 6<>"/dev/tcp/$1/$2" && cat <&6); }
headline "telnet $address 13   we close first: FIN_WAIT_1, FIN_WAIT_2, then TIME_WAIT for 2 MSL, here 1 s"
if have telnet; then
  exec 5<&4
  # Its exit code is 1 whenever the other side closes.
  watch_client '→ CLOSED' -- telnet_quietly "$address" 13
  exec 5<&-
else
  missing telnet 'apt-get install telnet; bash does it instead'
  watch_client '→ CLOSED' -- bash_reads "$address" 13 || failed=1
fi

nc_says() { printf 'hello, tuntcp\n' | nc -N -w 10 "$address" 7; }
bash_says() { (exec 6<>"/dev/tcp/$address/7" && echo 'hello, tuntcp' >&6 && head -n 1 <&6); }
headline "echo hello, tuntcp | nc -N $address 7   a half-close: the echo comes although the client has sent its FIN"
if have nc && nc -h 2>&1 | grep -q -- '-N'; then
  watch_client 'LAST_ACK → CLOSED' -- nc_says || failed=1
else
  missing 'nc with -N' 'apt-get install netcat-openbsd; bash does it instead, without half-close'
  watch_client '→ CLOSED' -- bash_says || failed=1
fi

headline "a port where nobody listens   refused at once by a reset"
if have curl; then
  watch_client 'Flags [R' -- curl -sS --max-time 10 "http://$address:99/"
else
  watch_client 'Flags [R' -- bash_reads "$address" 99
fi

headline 'tuntcp ss   what is there now'
tuntcp ss || failed=1

if [ -t 0 ] && [ -t 1 ]; then
  headline 'You are in a shell in this network, and the stack is running. Try:'
  note "curl http://$address/bytes/100000000 | sha256sum"
  note "telnet $address 7      and in the meantime, from here:  tuntcp ss --extended"
  note "nc -l 192.0.2.1 2222 &     and then, over our stack:  tuntcp connect 192.0.2.1 2222"
  note "ping $address    tcpdump -ni tuntcp0    tuntcp --help"
  note "exit ends all; transitions are shown while a command runs and before the next prompt"
  note "segments are in $capture"
  echo
  export DEMO=$directory
  # shellcheck source=scripts/demo-shell.bash
  (. scripts/demo-shell.bash && demo_log) <&3 &
  bash --rcfile scripts/demo-shell.bash -i 3<&- 4<&-
  exec 3</dev/null
fi
stop

headline "Everything is in $capture"
note "wireshark $capture"
note 'Each transition is a comment on its packet (column frame.comment), each of our segments says why it was sent.'
exit "$failed"
