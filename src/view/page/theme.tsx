/** Light or dark: as the reader's system has it, until the button is pressed. */
import { useEffect, useState } from 'preact/hooks'

export const ThemeButton = ({
  names = ['Light colours', 'Dark colours'],
}: {
  readonly names?: readonly [string, string]
}) => {
  const [theme, setTheme] = useState('')
  useEffect(() => {
    if (theme === '') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  const dark = theme === 'dark' || (theme === '' && matchMedia('(prefers-color-scheme: dark)').matches)
  const name = names[dark ? 0 : 1]
  return (
    <button type="button" aria-label={name} title={name} onClick={() => setTheme(dark ? 'light' : 'dark')}>
      {dark ? '☀' : '☾'}
    </button>
  )
}
