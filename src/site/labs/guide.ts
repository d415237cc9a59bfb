/** The labs' pages, each language in a part of its own. */
import type { Language } from '../words/words.ts'

export interface GuidePage {
  /** HTML that was made while the site was built. */
  readonly html: string
  readonly language: Language
}

const LOAD: Readonly<Record<Language, () => Promise<{ readonly pages: Readonly<Record<string, string>> }>>> =
  {
    en: () => import('generated:guide-en'),
    zh: () => import('generated:guide-zh'),
  }

/** The page of a lab in a language; in English where there is no other. */
export const guidePage = async (lab: string, language: Language): Promise<GuidePage> => {
  const { pages } = await LOAD[language]()
  const html = pages[lab]
  if (html !== undefined || language === 'en') return { html: html ?? '', language }
  return guidePage(lab, 'en')
}
