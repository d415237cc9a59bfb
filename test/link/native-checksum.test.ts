/** The addon, which adds 32 bytes in a step, sums as JavaScript does (RFC 1071 §1). */
import { addonFile } from '../../src/link/native-files.ts'
import { loadAddon } from '../../src/link/tun-native.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { checksum as plain } from '../../src/wire/checksum.ts'
import { testUnless } from '../support/needs.ts'

const built = testUnless(addonFile() === null ? 'the addon is not built' : null)

built('of any length, at any place, of any bytes', t => {
  const { checksum } = loadAddon()
  const random = new SeededRandom(1)
  const memory = new Uint8Array(70_000)
  const fills = [() => random.uint32(), () => 0xff, () => 0, () => (random.uint32() % 16 === 0 ? 1 : 0xff)]
  for (const fill of fills) {
    for (let i = 0; i < memory.length; i++) memory[i] = fill()
    const lengths = [...Array.from({ length: 200 }, (_, n) => n), 1459, 1460, 1461, 65_535]
    for (const length of lengths) {
      const start = random.uint32() % 64
      const bytes = memory.subarray(start, start + length)
      const expected = plain(bytes, 0, length)
      if (checksum(bytes) !== expected) t.is(checksum(bytes), expected, `${length} from ${start}`)
    }
  }
  t.pass()
})
