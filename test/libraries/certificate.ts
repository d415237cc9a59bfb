/**
 * A certificate of nobody's, self-signed for this directory's tests: 192.0.2.1, 192.0.2.2 and server.example, for a
 * hundred years. Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
 */
export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUgJkdaSLqlhBWS25
iaH9OtBwYD/emS1Jhh79I1IZV+WhRANCAASSljCMKMCWvb2pu7yLHBAmyk6rGMyX
+AWZINgMThqf9edRm/BBHDX2goyx9qCnihxvEYRuqzQvkQEeQ6l213pf
-----END PRIVATE KEY-----
`

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqjCCAVCgAwIBAgIUW/8UalIInFhVt5sME9uSa1wJZXcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLdHVudGNwIHRlc3QwIBcNMjYxMTIxMDkyMTA3WhgPMjEyNjEw
MjgwOTIxMDdaMBYxFDASBgNVBAMMC3R1bnRjcCB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEkpYwjCjAlr29qbu8ixwQJspOqxjMl/gFmSDYDE4an/XnUZvw
QRw19oKMsfagp4ocbxGEbqs0L5EBHkOpdtd6X6N6MHgwHQYDVR0OBBYEFIlKf0Ab
G4RkLfi9iD38krWKjnyiMB8GA1UdIwQYMBaAFIlKf0AbG4RkLfi9iD38krWKjnyi
MA8GA1UdEwEB/wQFMAMBAf8wJQYDVR0RBB4wHIcEwAACAYcEwAACAoIOc2VydmVy
LmV4YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIhAIAChGnxRkyVuHDPTPlSEirzYCOM
vXRIJEVAYcdX/5k0AiAxYju/pA69GdlpT86tJNMZyoJk1r9IIW2Ra12kmQ7r2w==
-----END CERTIFICATE-----
`
