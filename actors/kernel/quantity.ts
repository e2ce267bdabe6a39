/** Units of stock. Always whole; the maximum keeps every sum exact in a double. */
export const quantityMax = 1_000_000;

/** The most units one location may hold of one SKU: sums of levels stay far below 2^53. */
export const levelMax = 1_000_000_000;

export function isQuantity(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= quantityMax;
}
