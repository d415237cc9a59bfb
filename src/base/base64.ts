/** Base64 (RFC 4648 §4), wherever JavaScript runs. */

/** Characters of a call: its arguments have to fit the stack. */
const CHUNK = 8192

export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(text)
}

/** The bytes of a text; none where it is no base64. */
export const fromBase64 = (text: string): Uint8Array => {
  let bytes: string
  try {
    bytes = atob(text)
  } catch {
    return new Uint8Array(0)
  }
  return Uint8Array.from(bytes, c => c.charCodeAt(0))
}
