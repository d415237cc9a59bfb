/** The language of a page. The stack, labs and explanations speak English; a page may say the same in another language. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { SendReason } from '../../tcp/block/events.ts'
import type { RuleName } from './rules.ts'

export interface Speech {
  /** A name or a sentence of theirs in the language of the page; as it is where that has no other. */
  readonly say: (english: string) => string
  /** The rules of transitions, and the reasons of segments; in English where they are not here. */
  readonly rules: Readonly<Partial<Record<RuleName, string>>>
  readonly reasons: Readonly<Partial<Record<SendReason, string>>>
}

export const ENGLISH_SPEECH: Speech = { say: english => english, rules: {}, reasons: {} }

const Spoken = createContext<Speech>(ENGLISH_SPEECH)
export const SpeechProvider = Spoken.Provider

export const useSpeech = (): Speech => useContext(Spoken)
