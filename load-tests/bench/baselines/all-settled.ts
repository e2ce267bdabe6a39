/** Waits for all answers, so that nothing is under way any more, and only then throws what the first that failed has thrown. */
export async function allSettled<Answers extends readonly unknown[] | []>(
  answers: Answers,
): Promise<{ -readonly [Index in keyof Answers]: Awaited<Answers[Index]> }> {
  await Promise.allSettled(answers);
  return Promise.all(answers);
}
