/** The language that a reader has chosen: kept by the browser where it keeps anything for this page. */
import { isLanguage, type Language } from './words.ts'

const KEY = 'tuntcp-language'

/** The language of the address, or else the one chosen last, or else the browser's. */
export const firstLanguage = (ofAddress: Language | null): Language => {
  if (ofAddress !== null) return ofAddress
  const kept = keptLanguage()
  if (kept !== null) return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

const keptLanguage = (): Language | null => {
  try {
    const kept = localStorage.getItem(KEY) ?? ''
    return isLanguage(kept) ? kept : null
  } catch {
    // A browser may keep nothing for a file.
    return null
  }
}

/** @returns whether the browser keeps it */
export const keepLanguage = (language: Language): boolean => {
  try {
    localStorage.setItem(KEY, language)
    return true
  } catch {
    return false
  }
}
