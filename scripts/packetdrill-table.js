#!/usr/bin/env node
/**
 * Runs a checkout of packetdrill's public scripts, and writes into docs/packetdrill.md how many pass, folder by folder, and
 * each that does not with the reason.
 *
 *   npm run packetdrill-table -- packetdrill/gtests/net/tcp            # prints it
 *   npm run packetdrill-table -- packetdrill/gtests/net/tcp --write    # into the page
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import process from 'node:process'
import { table } from './markdown.js'

const PAGE = new URL('../docs/packetdrill.md', import.meta.url)
const BEGIN = '<!-- The rest is written by npm run packetdrill-table. -->'

const write = process.argv.includes('--write')
const [directory] = process.argv.slice(2).filter(word => !word.startsWith('-'))
if (directory === undefined) {
  console.error('packetdrill-table: which folder? (gtests/net/tcp of a checkout)')
  process.exit(2)
}
const suite = resolve(directory)

const main = new URL('../dist/package/main.js', import.meta.url).pathname
const { stdout, stderr } = spawnSync(process.execPath, [main, 'packetdrill', '--json', suite], {
  encoding: 'utf8',
  maxBuffer: 1 << 30,
})
if (stderr !== '') throw new Error(stderr)
const { passed, failed, skipped, scripts } = JSON.parse(stdout)

const named = scripts.map(({ file, line, result, reason }) => {
  const name = relative(suite, resolve(file)).replace(/\.pkt$/, '')
  return { name, folder: name.replace(/\/[^/]*$/, ''), line, result, reason }
})
const count = (list, result) => String(list.filter(s => s.result === result).length)
const cell = text => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replace(/\s+/g, ' ')

const folders = [...new Set(named.map(s => s.folder))].sort()
const text = [
  BEGIN,
  '',
  `Of ${named.length} scripts ${passed} pass, ${failed} fail and ${skipped} are skipped.`,
  '',
  ...table([
    ['folder', 'scripts', 'pass', 'fail', 'skipped'],
    ...folders.map(folder => {
      const own = named.filter(s => s.folder === folder)
      return [folder, String(own.length), count(own, 'pass'), count(own, 'fail'), count(own, 'skip')]
    }),
  ]),
  '',
  'Those that do not pass:',
  '',
  ...table([
    ['script', ''],
    ...named
      .filter(s => s.result !== 'pass')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(s => [s.name, cell(s.result === 'skip' ? `skipped: ${s.reason}` : `line ${s.line}: ${s.reason}`)]),
  ]),
  '',
].join('\n')

if (write) {
  const page = readFileSync(PAGE, 'utf8')
  writeFileSync(PAGE, page.slice(0, page.indexOf(BEGIN)) + text)
} else process.stdout.write(text)
