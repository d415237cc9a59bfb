/** The speech of each language: most readers need that of one only, and the first view none at all. */
import { ENGLISH_SPEECH, type Speech } from '../../view/parts/speech.ts'
import type { Language } from '../words/words.ts'

const LOADERS: Readonly<Record<Language, () => Promise<Speech>>> = {
  en: async () => ENGLISH_SPEECH,
  zh: async () => (await import('./zh.ts')).zh,
}

/** @throws Error where it cannot be loaded */
export const loadSpeech = (language: Language): Promise<Speech> => LOADERS[language]()
