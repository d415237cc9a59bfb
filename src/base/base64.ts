/** Base64 (RFC 4648 §4), wherever JavaScript runs. */

export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!)
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
