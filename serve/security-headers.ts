import type { RequestHandler } from 'express';

/** The one style sheet that Observable Plot writes into its SVG, for charts of class `chart-plot`. */
export const PLOT_STYLE_HASH = "'sha256-po1X/Tzm0Ml06k5rovAtw7FhoXN1na5hY1Nfl3YDpnA='";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${PLOT_STYLE_HASH}`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Nothing from elsewhere, nothing for elsewhere, nothing kept by caches on the way. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cache-Control': 'no-store',
  });
  next();
};
