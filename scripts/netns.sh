#!/bin/sh
# Runs a command in a network namespace of its own: nothing it does there touches your network, and all of it is
# gone when it ends. As root, or rootless by a user namespace where the system allows that.
#
#   scripts/netns.sh COMMAND [ARGUMENT...]
set -eu

if [ $# -eq 0 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0" >&2
  [ $# -eq 0 ] && exit 2
  exit 0
fi

for tool in unshare ip; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "netns.sh: '$tool' is missing: install it (Debian: apt-get install util-linux iproute2)" >&2
    exit 1
  fi
done

if [ "$(id -u)" -eq 0 ]; then
  set -- --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
else
  if ! unshare --user --map-root-user --net true 2>/dev/null; then
    echo "netns.sh: this system does not allow user namespaces without root: run it with sudo" >&2
    exit 1
  fi
  set -- --user --map-root-user --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
fi
exec unshare "$@"
