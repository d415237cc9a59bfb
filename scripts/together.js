/**
 * A process of ava takes a second of a processor before its first test, and as long to load the TCP. Test files in virtual time
 * share nothing with each other but their process: up to a dozen of a room run in one.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The marks of what holds for a whole process: flags of V8, counted operations, hooks around every test, congestion controllers. */
const ALONE = /setFlagsFromString|support\/operations|test\.(before|after)|registerCongestionControl\(/

/** So many files share a process at most: several such processes keep all processors busy until the end. */
const MOST = 12

const TESTS = join('dist', 'test')
const MADE = join('dist', 'together')
/** The files that {@link together} writes, as ava's configuration names them. */
export const TOGETHER_FILES = join(MADE, '*.test.js')

/** ava's configuration in package.json. */
export const AVA = JSON.parse(readFileSync('package.json', 'utf8')).ava

/** Writes files that import the test files of a room but those left out, and returns what they import. */
const ofRoom = (room, leftOut) => {
  const files = readdirSync(join(TESTS, room), { recursive: true })
    .filter(file => file.endsWith('.test.js'))
    .filter(file => !leftOut.test(`${room}/${file}`))
    .filter(file => !ALONE.test(readFileSync(join(TESTS, room, file), 'utf8')))
    .sort()
  const processes = Math.ceil(files.length / MOST)
  for (let n = 0; n < processes; n++) {
    // Neighbours test the same and take as long: they go to different processes.
    const imported = files.filter((_, index) => index % processes === n)
    const lines = imported.map(file => `import '../test/${room}/${file}'\n`)
    writeFileSync(join(MADE, `${room}-${n + 1}.test.js`), lines.join(''))
  }
  return files.map(file => join(TESTS, room, file))
}

/** Writes {@link TOGETHER_FILES} for these rooms, and returns the test files that they import. */
export const together = (rooms, leftOut = /^$/) => {
  rmSync(MADE, { recursive: true, force: true })
  mkdirSync(MADE)
  return rooms.flatMap(room => ofRoom(room, leftOut))
}
