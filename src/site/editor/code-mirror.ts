/** The editor itself: CodeMirror, with the colours of the page and the members of the interface to complete. */
import { autocompletion, type Completion, closeBrackets, completeFromList } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript, javascriptLanguage } from '@codemirror/lang-javascript'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'

export interface CodeEditor {
  text: string
  /** Marks a line as wrong; null marks none. */
  mark(line: number | null, message: string): void
  close(): void
}

export interface CodeEditorOptions {
  readonly text: string
  readonly label: string
  readonly completions: readonly Completion[]
  readonly changed: (text: string) => void
  readonly run: () => void
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier], color: 'var(--waiting)' },
  { tag: [tags.comment], color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.string, tags.regexp], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--note)' },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.definition(tags.propertyName),
    ],
    color: 'var(--accent)',
  },
  { tag: [tags.className, tags.definition(tags.className)], color: 'var(--opening)' },
])

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '.8rem', backgroundColor: 'var(--bg)', color: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'ui-monospace,SFMono-Regular,Menlo,Consolas,monospace', lineHeight: '1.5' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--dim)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb,var(--accent) 7%,transparent)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb,var(--accent) 25%,transparent)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--line)' },
})

export const openEditor = (parent: HTMLElement, options: CodeEditorOptions): CodeEditor => {
  const { text, label, completions, changed, run } = options
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of('  '),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        javascript(),
        javascriptLanguage.data.of({ autocomplete: completeFromList(completions) }),
        autocompletion(),
        lintGutter(),
        syntaxHighlighting(colours),
        theme,
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              run()
              return true
            },
          },
          ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
          ...historyKeymap,
          indentWithTab,
        ]),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) changed(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    get text() {
      return view.state.doc.toString()
    },
    set text(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } })
    },
    mark(number, message) {
      const { doc } = view.state
      const line = number === null || number > doc.lines ? null : doc.line(number)
      view.dispatch(
        setDiagnostics(
          view.state,
          line === null ? [] : [{ from: line.from, to: line.to, severity: 'error', message }],
        ),
      )
      if (line !== null) view.dispatch({ effects: EditorView.scrollIntoView(line.from, { y: 'center' }) })
    },
    close: () => view.destroy(),
  }
}
