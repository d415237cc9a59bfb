/**
 * The tests that reach each mutant. The map is made once, in dist/mutate-map.json, and goes with the modules as they were built; a
 * file of tests that has changed is run anew.
 */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { builtAs } from './workshop.js'

const FILE = 'dist/mutate-map.json'
/** A test that reaches mutants more often than this takes many seconds with all of them in the code, and is not waited for. */
const LONG = 1e8
/** CPU time for one test, ms: what takes longer without any mutant has no place here. */
const PATIENCE = 60_000

export const hashOf = text => createHash('sha256').update(text).digest('hex').slice(0, 16)

/**
 * @param crew in a workshop with all mutants
 * @returns {Promise<{ file: string, index: number, title: string, ms: number, calls: number, reaches: (id: number) => boolean }[]>}
 *   tests that pass without a mutant, and `atStart`: what is reached when modules are loaded
 */
export const mapTests = async (crew, modules, files, say) => {
  const key = hashOf(modules.map(module => module + readFileSync(builtAs(module), 'utf8')).join())
  const old = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : null
  const map = old?.key === key ? old : { key, files: {} }
  for (const [i, file] of files.entries()) {
    const hash = hashOf(readFileSync(file, 'utf8'))
    if (map.files[file]?.hash === hash) continue
    say(`the tests without any mutant: ${i + 1} of ${files.length}, ${file}`)
    const found = await crew.ask({ type: 'map', file, calls: LONG, ms: PATIENCE })
    if (found.lost !== undefined) console.error(`${file} is left out: ${found.lost}`)
    map.files[file] = { hash, tests: found.tests ?? [], atStart: found.atStart ?? '' }
    writeFileSync(FILE, JSON.stringify(map))
    for (const { title, error } of found.tests ?? [])
      if (error !== null)
        console.error(`without any mutant '${title}' of ${file} fails, and is left out: ${error}`)
  }
  await crew.dismiss()

  const bit = text => {
    const bits = Buffer.from(text, 'base64')
    return id => (bits[id >> 3] & (1 << (id & 7))) !== 0
  }
  const tests = files.flatMap(file =>
    map.files[file].tests.map(({ reached, ...test }, index) => ({
      ...test,
      file,
      index,
      reaches: bit(reached),
    })),
  )
  const starts = files.map(file => bit(map.files[file].atStart))
  return {
    tests: tests.filter(({ error }) => error === null),
    /** Whether it is reached when modules are loaded, by whichever file is the first to load them. */
    atStart: id => starts.some(reaches => reaches(id)),
    hash: hashOf(files.map(file => map.files[file].hash).join()),
  }
}
