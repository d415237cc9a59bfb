/** Python's f-strings: text with expressions in braces, and how their values are shown. */
import { type PythonValue, show } from './python-values.ts'

export interface Replacement {
  readonly code: string
  /** `{x=}`: the expression stands before its value. */
  readonly shown: boolean
  readonly conversion: 's' | 'r' | null
  readonly spec: string
}

export type FStringPart = string | Replacement

/** @throws Error for a brace without its partner */
export const partsOf = (text: string): FStringPart[] => {
  const parts: FStringPart[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if ((c === '{' || c === '}') && text[i + 1] === c) {
      literal += c
      i++
    } else if (c === '}') {
      throw new Error("f-string: a single '}'")
    } else if (c === '{') {
      const end = closing(text, i)
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(replacementOf(text.slice(i + 1, end)))
      i = end
    } else literal += c
  }
  if (literal !== '') parts.push(literal)
  return parts
}

const closing = (text: string, open: number): number => {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i
  }
  throw new Error("f-string: '{' without its '}'")
}

const replacementOf = (inside: string): Replacement => {
  const [, code = '', equals = '', conversion = null, spec = ''] =
    /^((?:[^=!:]|[=!<>]=)+?)(\s*=\s*)?(?:!([sr]))?(?::(.*))?$/s.exec(inside) ?? []
  if (code.trim() === '') throw new Error('f-string: an expression is missing')
  return {
    code: equals === '' ? code.trim() : code + equals,
    shown: equals !== '',
    conversion: conversion as Replacement['conversion'],
    spec,
  }
}

const SPEC = /^(?:(.)?([<>^]))?(0)?(\d+)?(?:\.(\d+))?([dsfxX])?$/

/** A value as its replacement shows it. @throws Error for a format that is not known */
export const shownAs = ({ conversion, spec, shown }: Replacement, value: PythonValue): string => {
  if (spec === '') return show(value, conversion === 'r' || (shown && conversion === null))
  const match = SPEC.exec(spec)
  if (match === null) throw new Error(`f-string: the format '${spec}' is not known`)
  const [, fill, align, zero, width, digits, type] = match
  const text = typed(type, conversion === null ? value : show(value, conversion === 'r'), digits)
  const pad = fill ?? (zero === undefined ? ' ' : '0')
  const length = Number(width ?? 0)
  const toTheLeft = align === '<' || (align === undefined && typeof value === 'string')
  if (align === '^') return text.padStart((length + text.length) >> 1, pad).padEnd(length, pad)
  return toTheLeft ? text.padEnd(length, pad) : text.padStart(length, pad)
}

const typed = (type: string | undefined, value: PythonValue, digits: string | undefined): string => {
  if (type === undefined || type === 's')
    return digits === undefined ? show(value) : show(value).slice(0, +digits)
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new Error(`f-string: '${type}' is for numbers`)
  const n = Number(value)
  if (type === 'f') return n.toFixed(digits === undefined ? 6 : Number(digits))
  if (type === 'x') return n.toString(16)
  return type === 'X' ? n.toString(16).toUpperCase() : String(Math.trunc(n))
}
