/** The languages of the playground, and the one that is chosen. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { VIEW_WORDS, type ViewWords } from '../../view/page/words.ts'
import { en, type Words } from './en.ts'

export const LANGUAGES = { en: 'English', zh: '中文' } as const
export type Language = keyof typeof LANGUAGES

/** All words that a page needs of its language. */
export interface Spoken {
  readonly language: Language
  readonly words: Words
  /** Those of the viewer. */
  readonly view: ViewWords
}

export const ENGLISH: Spoken = { language: 'en', words: en, view: VIEW_WORDS }

const LOADERS: Readonly<Record<Language, () => Promise<Spoken>>> = {
  en: async () => ENGLISH,
  zh: async () => {
    const [{ zh }, { viewZh }] = await Promise.all([import('./zh.ts'), import('./view-zh.ts')])
    return { language: 'zh', words: zh, view: viewZh }
  },
}

/** The words of a language: most readers need those of one only. @throws Error where they cannot be loaded */
export const loadWords = (language: Language): Promise<Spoken> => LOADERS[language]()

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text)

const Chosen = createContext<Spoken>(ENGLISH)
export const WordsProvider = Chosen.Provider

/** The words of the language that is chosen. */
export const useWords = (): Words => useContext(Chosen).words

export const useLanguage = (): Language => useContext(Chosen).language
