/**
 * A process of ava takes a second of a processor before its first test, and as long to load the TCP. Test files that share
 * nothing with each other but their process are run in one: up to a dozen of a room.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What counts V8's steps while nothing else runs: such files are slow for others in their process, but not for each other. */
const COUNTING = /support\/operations/

/** What holds for a whole process: flags of V8, its memory, hooks around every test, what is heard of all sockets, … */
const PROCESS_WIDE =
  /setFlagsFromString|support\/held-memory|test\.(before|after)|registerCongestionControl\(|setDefaultStack|golden|getActiveResourcesInfo/

/** What waits for other processes: such files take long by themselves, and lie beside each other on several processors. */
const OTHER_PROCESSES =
  /node:child_process|namespaceTest|inNamespace|launchChromium|runRegistered|runHere|new (Program|Worker)\(|tuntcp\(|\/(databases|real-servers)\.js/

/** In real time what others do in the process would be a delay. */
const REAL_TIME = /time: 'real'|startProxy|nodeClock/

/** What waits while it is loaded declares its tests when those before are already run, which ava refuses. */
const LOADED_LATE = /^\S.*await (import|script)\(/m

const alone = text =>
  [PROCESS_WIDE, OTHER_PROCESSES, REAL_TIME, LOADED_LATE].some(pattern => pattern.test(text))

/** So many files share a process at most: several such processes keep all processors busy until the end. */
const MOST = 12

const TESTS = join('dist', 'test')
const MADE = join('dist', 'together')
/** The files that {@link together} writes, as ava's configuration names them. */
export const TOGETHER_FILES = join(MADE, '*.test.js')

/** ava's configuration in package.json. */
export const AVA = JSON.parse(readFileSync('package.json', 'utf8')).ava

/** The test files of a room, as paths beneath dist/test. */
const filesOf = room =>
  readdirSync(join(TESTS, room), { recursive: true })
    .filter(file => file.endsWith('.test.js'))
    .map(file => join(room, file))

/** Writes files that import these test files, and returns what they import. */
const written = ({ name, files }) => {
  const processes = Math.ceil(files.length / MOST)
  for (let n = 0; n < processes; n++) {
    // Neighbours test the same and take as long: they go to different processes.
    const imported = files.filter((_, index) => index % processes === n)
    const lines = imported.map(file => `import '../test/${file}'\n`)
    writeFileSync(join(MADE, `${name}-${n + 1}.test.js`), lines.join(''))
  }
  return files.map(file => join(TESTS, file))
}

/**
 * Writes {@link TOGETHER_FILES} for these rooms, and returns the test files that they import. Small rooms that are given in one
 * array share processes, and so do the files of all rooms that count.
 */
export const together = (rooms, leftOut = /^$/) => {
  rmSync(MADE, { recursive: true, force: true })
  mkdirSync(MADE)
  const counting = { name: 'counting', files: [] }
  const shared = rooms.map(room => {
    const parts = [room].flat()
    const made = { name: parts.join('-'), files: [] }
    for (const file of parts.flatMap(filesOf).sort()) {
      const text = readFileSync(join(TESTS, file), 'utf8')
      if (leftOut.test(file) || alone(text)) continue
      const { files } = COUNTING.test(text) ? counting : made
      files.push(file)
    }
    return made
  })
  return [counting, ...shared].flatMap(written)
}
