#!/bin/sh
# Packs what npm would get, and has it looked at: publint for the package's fields, attw for its types, and this for files that
# nobody loads, links of the README to the outside, and entries that do not load.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
npm pack --silent --ignore-scripts --pack-destination "$directory" >/dev/null
tarball=$(ls "$directory"/*.tgz)

npx -y publint@0.3.25 "$tarball" --strict
# No CommonJS: Node 20.19 and later load ES modules by require().
npx -y @arethetypeswrong/cli@0.18.5 "$tarball" --profile esm-only

if tar -tzf "$tarball" | grep -E '\.map$|^package/(src|test|docs|examples)/'; then
  echo "check-package: these files are loaded by nobody: see \"files\" in package.json" >&2
  exit 1
fi
for needed in LICENSE README.md CHANGELOG.md SECURITY.md native/build.js native/netlink.c scripts/netns.sh; do
  tar -tzf "$tarball" | grep -qx "package/$needed" || {
    echo "check-package: $needed is missing" >&2
    exit 1
  }
done

mkdir "$directory/project"
cd "$directory/project"
echo '{ "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts "$tarball"
node --input-type=module -e "
  const { exports } = (await import('tuntcp/package.json', { with: { type: 'json' } })).default
  for (const entry of Object.keys(exports))
    if (!entry.endsWith('.json') && entry !== './register') await import('tuntcp' + entry.slice(1))
"
[ "$(npx tuntcp --version)" = "tuntcp $(node -p "require('tuntcp/package.json').version")" ]

# No script of the package has run here, so there is no addon: a proxy needs none.
chmod 755 "$directory"
cp "$root/scripts/check-package/proxied.js" .
node proxied.js

# Tests of proxies in what npm has installed, by an ordinary user: none of them may need more. They import single modules, of
# which the package has only the bundle.
tools=$(node -p "
  const { devDependencies } = require('$root/package.json')
  ;['ava', 'fast-check', 'ioredis', 'pg'].map(name => name + '@' + devDependencies[name]).join(' ')
")
# shellcheck disable=SC2086
npm install --silent --no-audit --no-fund --no-save --ignore-scripts $tools
cp -r "$root/dist/src" "$root/dist/test" node_modules/tuntcp/dist/
as_nobody=
if [ "$(id -u)" = 0 ]; then
  chown -R nobody node_modules/tuntcp
  as_nobody='setpriv --reuid=nobody --regid=65534 --clear-groups'
fi
(
  cd node_modules/tuntcp
  HOME=$directory $as_nobody node ../ava/entrypoints/cli.mjs \
    'dist/test/proxy/{stream,socks,databases}.test.js' dist/test/testing/start-proxy.test.js
)

# The types, those of what they import too, for a program in TypeScript: CONTRIBUTING.md names the oldest that works.
cp "$root/scripts/check-package/typed.ts" .
cat >tsconfig.json <<'END'
{
  "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "noEmit": true, "types": ["node"] },
  "files": ["typed.ts"]
}
END
npm install --silent --no-audit --no-fund --ignore-scripts @types/node@20
for version in 5.0 latest; do npx -y -p "typescript@$version" tsc -p .; done
