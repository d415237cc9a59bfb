#!/bin/sh
# Runs a command in a network namespace of its own, with nothing in it but a loopback device that is up: as root,
# or rootless in a user namespace where the system allows that. The namespace ends with its last process.
set -u

say() { echo "netns.sh: $*" >&2; }

if [ $# -eq 0 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
  echo "Usage: scripts/netns.sh COMMAND [ARGUMENT...]   runs COMMAND in a network namespace of its own" >&2
  [ $# -gt 0 ] && exit 0
  exit 2
fi

need() {
  command -v "$1" >/dev/null 2>&1 && return
  say "'$1' is missing: install $2 (apt-get install $2)"
  exit 1
}
# ip lies where the PATH of an ordinary user does not always lead.
PATH="$PATH:/usr/sbin:/sbin"
need unshare util-linux
need ip iproute2

try() { why=$(unshare "$@" ip link set lo up 2>&1); }

if [ "$(id -u)" -eq 0 ] && try -n; then
  kind=-n
elif try -Urn; then
  kind=-Urn
else
  say "no network namespace can be made here: $(echo "$why" | tr '\n' ' ')"
  if [ "$(id -u)" -eq 0 ]; then
    say "in a container, give it the right to (--cap-add SYS_ADMIN --cap-add NET_ADMIN, or --privileged)"
  else
    say "run it with sudo, or let users make namespaces (sysctl kernel.unprivileged_userns_clone=1;" \
      "Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
  fi
  exit 1
fi

# By exec all the way: the command keeps this process, and with it signals and exit code.
exec unshare "$kind" sh -c 'ip link set lo up && exec "$@"' netns.sh "$@"
