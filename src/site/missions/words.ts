/** The words of the missions, in both languages. */
import { en } from './words-en.ts'
import { zh } from './words-zh.ts'

export const MISSION_WORDS = { en, zh }
