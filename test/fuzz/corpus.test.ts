/** The inputs that fuzzing begins with pass through their targets, and so does what is cut out of them. */
import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'

/** Seen from dist/test/fuzz. */
const FUZZ = new URL('../../../scripts/fuzz/', import.meta.url)

interface Target {
  readonly fuzz: (input: Buffer) => void
}

for (const file of readdirSync(new URL('targets/', FUZZ))) {
  const name = file.replace(/\.js$/, '')
  test(`${name}: every input of the corpus, and its beginnings`, async t => {
    const { fuzz } = (await import(new URL(`targets/${file}`, FUZZ).href)) as Target
    const folder = new URL(`corpus/${name}/`, FUZZ)
    const inputs = readdirSync(folder)
    t.true(inputs.length > 0)
    for (const input of inputs) {
      const bytes = readFileSync(new URL(input, folder))
      const step = Math.ceil(bytes.length / 20)
      for (let length = 0; length <= bytes.length; length += step)
        t.notThrows(() => fuzz(bytes.subarray(0, length)), `${input}, ${length} bytes`)
      t.notThrows(() => fuzz(bytes), input)
    }
  })
}
