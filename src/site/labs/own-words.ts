/** Words of a part that is loaded later: they come with it, in every language. */
import { LANGUAGES, type Language, useWords, WORDS } from '../words/words.ts'

const CODES = Object.keys(LANGUAGES) as Language[]

/** The language that is chosen. */
export const useLanguage = (): Language => {
  const words = useWords()
  return CODES.find(code => WORDS[code] === words) ?? 'en'
}

/** The texts of a part in the language that is chosen. */
export const useOwnWords = <T>(texts: Readonly<Record<Language, T>>): T => texts[useLanguage()]
