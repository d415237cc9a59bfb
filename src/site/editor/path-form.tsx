/** The path that controllers are run over. */

import type { RaceOptions } from './race.ts'
import type { EditorWords } from './words.ts'

interface Field {
  readonly name: keyof EditorWords['fields']
  readonly least: number
  readonly most: number
  readonly step: number | 'any'
}

const FIELDS: readonly Field[] = [
  { name: 'delay', least: 0.1, most: 1000, step: 'any' },
  { name: 'rate', least: 0.1, most: 1000, step: 'any' },
  { name: 'queue', least: 3, most: 100_000, step: 'any' },
  { name: 'loss', least: 0, most: 50, step: 'any' },
  { name: 'seconds', least: 1, most: 120, step: 'any' },
  { name: 'seed', least: 0, most: 1e9, step: 1 },
]

/** As the form has it: Mbit/s, kB and per cent. */
const FIRST_PATH: Readonly<Record<Field['name'], number>> = {
  delay: 20,
  rate: 20,
  queue: 100,
  loss: 0.05,
  seconds: 20,
  seed: 1,
}

/** The path that the form asks for; numbers out of bounds are brought within. */
export const pathOf = (form: HTMLFormElement): RaceOptions => {
  const given = new FormData(form)
  const value = (name: Field['name']): number => {
    const { least, most } = FIELDS.find(field => field.name === name)!
    const number = Number(given.get(name) || FIRST_PATH[name])
    return Math.min(Math.max(Number.isNaN(number) ? FIRST_PATH[name] : number, least), most)
  }
  return {
    delay: value('delay'),
    rate: value('rate') * 1e6,
    queue: Math.round(value('queue') * 1000),
    loss: value('loss') / 100,
    seconds: value('seconds'),
    seed: Math.round(value('seed')),
    shared: given.get('shared') !== null,
  }
}

interface PathProps {
  readonly form: { current: HTMLFormElement | null }
  readonly run: () => void
  readonly words: EditorWords
}

export const PathForm = ({ form, run, words }: PathProps) => (
  <form
    ref={form}
    class="path"
    onSubmit={event => {
      event.preventDefault()
      run()
    }}
  >
    <fieldset>
      <legend>{words.path}</legend>
      {FIELDS.map(({ name, least, most, step }) => (
        <label key={name}>
          <span>{words.fields[name]}</span>
          <input
            name={name}
            type="number"
            min={least}
            max={most}
            step={step}
            defaultValue={String(FIRST_PATH[name])}
          />
        </label>
      ))}
      <label class="switch">
        <input type="checkbox" name="shared" /> {words.shared}
      </label>
    </fieldset>
    <button type="submit" hidden />
  </form>
)
