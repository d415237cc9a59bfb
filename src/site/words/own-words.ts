/** Words of a part that is loaded later: they come with it, in every language. */
import { type Language, useLanguage } from './words.ts'

/** The texts of a part in the language that is chosen. */
export const useOwnWords = <T>(texts: Readonly<Record<Language, T>>): T => texts[useLanguage()]
