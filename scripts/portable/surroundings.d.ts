// Beside the language itself, all that JavaScript has wherever it runs: the entries without Node may take no more for granted.
declare const console: { error(...what: unknown[]): void }
declare const queueMicrotask: (callback: () => void) => void
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
interface AbortSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
}
