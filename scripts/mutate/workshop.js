/** A copy of what was built, with mutants in it and a test runner that can be run again and again. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { instrument } from './instrument.js'

/** Every mutant of the modules that were built: what it changes, and where. */
export const findMutants = modules => {
  const mutants = []
  for (const module of modules) {
    const path = builtAs(module)
    const { mutants: found } = instrument(readFileSync(path, 'utf8'), mutants.length)
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
    for (const [ordinal, m] of found.entries()) {
      const { originalLine } = map.findEntry(m.line - 1, m.column)
      mutants.push({ ...m, module, ordinal, line: originalLine + 1 })
    }
  }
  return mutants
}

export const builtAs = module => join('dist', module.replace(/\.ts$/, '.js'))

/**
 * @param {string} root the checkout
 * @returns {string} the copy's directory, which is gone when the process ends
 */
export const openWorkshop = root => {
  const directory = mkdtempSync(join(tmpdir(), 'mutate-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'dist'))
  for (const part of ['dist/src', 'dist/test', 'dist/package', 'scripts/mutate/ava.js', 'package.json'])
    cpSync(join(root, part), join(directory, part.replace('scripts/mutate/', '')), {
      recursive: true,
      filter: name => !/\.(map|d\.ts)$/.test(name),
    })
  for (const part of ['node_modules', 'test']) symlinkSync(join(root, part), join(directory, part))
  for (const name of readdirSync(join(directory, 'dist/test'), { recursive: true })) {
    if (!name.endsWith('.js')) continue
    const path = join(directory, 'dist/test', name)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/from 'ava'/, `from '${directory}/ava.js'`))
  }
  return directory
}

/**
 * Puts mutants into the copy's modules, each behind its switch.
 * @param wanted those that are to be there: every switch costs time
 */
export const putIn = (directory, modules, mutants, wanted) => {
  const ids = new Set(wanted.map(({ id }) => id))
  const first = new Map()
  for (const { module, id } of mutants) if (!first.has(module)) first.set(module, id)
  for (const module of modules) {
    const { code } = instrument(readFileSync(builtAs(module), 'utf8'), first.get(module) ?? 0, id =>
      ids.has(id),
    )
    writeFileSync(join(directory, builtAs(module)), code)
  }
}
