/** The messages between the page of captures and its worker. */
import type { SectionWords } from '../../lab/html/section.tsx'
import type { Language } from '../words/words.ts'
import type { Contents, List, Span } from './open-capture.ts'

/** Segments of a connection that are explained at once. */
export const MOST = 100_000

export type Asked =
  | { readonly ask: 'open'; readonly file: File }
  /** Connections with this text in an address or a port. */
  | { readonly ask: 'list'; readonly text: string }
  | {
      readonly ask: 'explain'
      readonly connection: number
      readonly span: Span
      readonly words: SectionWords
      readonly language: Language
    }
  | { readonly ask: 'text'; readonly connection: number; readonly span: Span }

export interface Explained {
  readonly connection: number
  /** Pictures of it, as HTML; '' when it has too many segments for them, or none. */
  readonly html: string
  readonly segments: number
}

export type Told =
  /** Bytes of the file. */
  | { readonly tell: 'progress'; readonly read: number; readonly size: number }
  | { readonly tell: 'opened'; readonly contents: Contents; readonly list: List }
  | { readonly tell: 'listed'; readonly list: List }
  | { readonly tell: 'explained'; readonly explained: Explained }
  | { readonly tell: 'text'; readonly text: Blob }
  | { readonly tell: 'failed'; readonly message: string }
