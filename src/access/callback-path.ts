/** Path of this server that an identity provider sends browsers back to; it is registered there. */
export const CALLBACK_PATH = '/login/oidc/callback';
