/** Money is an integer count of the currency's minor unit (ISO 4217 exponent). Never a float. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}
