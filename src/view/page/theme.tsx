/** Light or dark: as the reader's system has it, until the button is pressed. */
import { useEffect, useState } from 'preact/hooks'
import { useViewWords } from './words.ts'

export const ThemeButton = () => {
  const words = useViewWords()
  const [theme, setTheme] = useState('')
  useEffect(() => {
    if (theme === '') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  const dark = theme === 'dark' || (theme === '' && matchMedia('(prefers-color-scheme: dark)').matches)
  const name = dark ? words.light : words.dark
  return (
    <button type="button" aria-label={name} title={name} onClick={() => setTheme(dark ? 'light' : 'dark')}>
      {dark ? '☀' : '☾'}
    </button>
  )
}
