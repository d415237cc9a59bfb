/** The languages of the playground, and the one that is chosen. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { en, type Words } from './en.ts'
import { zh } from './zh.ts'

export const LANGUAGES = { en: 'English', zh: '中文' } as const
export type Language = keyof typeof LANGUAGES

export const WORDS: Readonly<Record<Language, Words>> = { en, zh }

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text)

const Chosen = createContext<Words>(en)
export const WordsProvider = Chosen.Provider

/** The words of the language that is chosen. */
export const useWords = (): Words => useContext(Chosen)
