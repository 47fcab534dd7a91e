const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

const NOT_ISSUED =
  /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?|CERT_SIGNATURE_FAILURE)$/;

const REFUSED = /ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|NO_CERTIFICATE|ACCESS_DENIED)/;

const NO_TLS = /wrong version number|packet length too long|record layer failure/i;

/** Why an encrypted connection failed and what to do, of what Node threw; `null` for what has nothing to do with TLS. */
export function tlsFailureReason(code: string, { text, url }: { text: string; url: string }): string | null {
  if (!TLS_CODE.test(code)) return null;
  if (NOT_ISSUED.test(code)) {
    return "the engine's certificate was not issued by the authority in ca.pem. Take the ca.pem that belongs to this engine.";
  }
  if (code === 'CERT_HAS_EXPIRED') return "the engine's certificate has expired. Renew it.";
  if (code === 'CERT_NOT_YET_VALID') return "the engine's certificate is not valid yet. Compare both machines' clocks.";
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the engine's certificate is not for "${new URL(url).hostname}". Use a name that is in it, or have it issued anew.`;
  }
  // An engine tells no more than that, whichever of the three it is.
  if (REFUSED.test(code)) {
    return 'the engine refuses our certificate, which is missing, expired or of an authority it does not know. Check cert.pem and key.pem.';
  }
  if (NO_TLS.test(text)) return 'what answers there does not speak TLS. Check the port, or leave TLS out.';
  return `${text}. Check ca.pem, cert.pem and key.pem.`;
}
