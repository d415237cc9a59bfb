/** The address of what is looked at: `#experiment/abc`, or `#zh/experiment/abc` in a language. */
import { isLanguage, type Language } from '../words/words.ts'

export interface Route {
  /** Null where the address does not say it. */
  readonly language: Language | null
  /** '' for the first one. */
  readonly tab: string
  readonly argument: string
}

/** @param hash with or without its `#` */
export const routeOf = (hash: string): Route => {
  const parts = hash.replace(/^#/, '').split('/')
  const first = parts[0] ?? ''
  const language = isLanguage(first) ? first : null
  if (language !== null) parts.shift()
  const [tab = '', ...argument] = parts
  return { language, tab, argument: argument.join('/') }
}

export const hashOf = ({ language, tab, argument }: Route): string =>
  `#${[language ?? '', tab, argument].filter(part => part !== '').join('/')}`
