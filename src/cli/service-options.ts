/** Options of the services: those that run, and their ports. */

import { MOST_WORKERS } from '../pool/shared.ts'
import { type Arguments, type OptionSpecs, suggestion, wholeNumber } from './arguments.ts'
import { UsageError } from './command.ts'
import { SERVICES } from './services/all.ts'
import type { Service } from './services/service.ts'

const names = SERVICES.map(({ name }) => name)

export const serviceOptionSpecs = (): OptionSpecs => ({
  ...Object.fromEntries(
    SERVICES.flatMap(({ name, port, help }) => [
      [
        name,
        { value: 'PORT', help: `${help[0]!.toUpperCase()}${help.slice(1)} (default ${port}; 0 for none).` },
      ],
    ]),
  ),
  ...Object.fromEntries(names.map(name => [`no-${name}`, { help: `The same as --${name} 0.` }])),
  only: { value: 'NAME,…', words: SERVICES.map(({ name }) => name), help: 'These services and no others.' },
})

/** @throws UsageError */
export const workersGiven = (given: Arguments): number => {
  const text = given.get('workers')
  return text === undefined ? 1 : wholeNumber('--workers', text, 1, MOST_WORKERS)
}

export interface ChosenService {
  readonly service: Service
  readonly port: number
}

/** @throws UsageError */
export const chosenServices = (given: Arguments): readonly ChosenService[] => {
  const only = given
    .get('only')
    ?.split(',')
    .map(name => name.trim())
  for (const name of only ?? [])
    if (!names.includes(name))
      throw new UsageError(
        `--only: there is no service '${name}'${suggestion(name, names)}; there are ${names.join(', ')}`,
      )
  const chosen = SERVICES.map(service => ({ service, port: portOf(service, given, only) })).filter(
    c => c.port > 0,
  )
  for (const [i, { service, port }] of chosen.entries()) {
    const other = chosen.slice(0, i).find(earlier => earlier.port === port)
    if (other !== undefined)
      throw new UsageError(
        `port ${port} cannot be both ${other.service.name} and ${service.name}: give one another`,
      )
  }
  return chosen
}

const portOf = ({ name, port }: Service, given: Arguments, only: readonly string[] | undefined): number => {
  const text = given.get(name)
  if (given.has(`no-${name}`)) return 0
  if (only !== undefined && !only.includes(name)) return 0
  return text === undefined ? port : wholeNumber(`--${name}`, text, 0, 65_535)
}
