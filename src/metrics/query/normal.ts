/** The standard normal deviate that 95 % lie within, on both sides of 0. */
export const Z_95 = 1.959963984540054;

/** How likely a standard normal deviate is at least so far from 0, on either side. */
export function twoSidedP(z: number): number {
  return Math.min(1, complementaryError(Math.abs(z) / Math.SQRT2));
}

/**
 * erfc for x >= 0 by Chebyshev fitting, relative error below 1.2e-7 everywhere (Press et al., Numerical Recipes in C, 2nd ed. 1992,
 * §6.2, `erfcc`).
 */
function complementaryError(x: number): number {
  const t = 1 / (1 + x / 2);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ];
  const polynomial = coefficients.reduce((sum, each) => sum * t + each, 0);
  return t * Math.exp(-x * x + polynomial);
}
