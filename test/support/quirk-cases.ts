/** Ways of Linux, each by what its change makes of a dialogue. */
import test from 'ava'
import type { TcpQuirks } from '../../src/tcp/block/quirks.ts'
import type { Dialogue } from './dialogue.ts'

export interface QuirkCase {
  readonly title: string
  readonly change: Partial<TcpQuirks>
  readonly play: (quirks: Partial<TcpQuirks>) => unknown
  /** The result of {@link play} with the change, and without. */
  readonly changed: unknown
  readonly byDefault: unknown
}

export const proveQuirks = (cases: readonly QuirkCase[]): void => {
  for (const { title, change, play, changed, byDefault } of cases)
    test(title, t => {
      t.deepEqual(play(change), changed, 'with it')
      t.deepEqual(play({}), byDefault, 'without')
    })
}

/** What we have sent since we looked last, without ports, windows and options. */
export const told = (d: Dialogue): string[] =>
  d.skip().map(sent => d.describe(sent).replace(/^\S+ (.*?) win .*$/, '$1'))

export const octets = (n: number): Uint8Array => Buffer.alloc(n)
