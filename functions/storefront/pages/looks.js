// Looks as the API has them: styles with weights, strength, protection, levels, enhancement.

const DEFAULTS = { strength: 1, protection: "soft", enhance: true };
const LEVELS = ["colour", "stroke", "motif"];

// Whether the service would make one picture of both: it compares percents.
export const sameLook = (one, other) => nameOfLook(one) === nameOfLook(other);

function nameOfLook(look) {
  const { styles, strength, protection, enhance, levels } = { ...DEFAULTS, ...look };
  const total = Object.values(styles).reduce((sum, weight) => sum + weight, 0);
  const shares = Object.entries(styles).map(([id, weight]) => `${id} ${inPercent(weight / total)}`);
  const atLevels = LEVELS.map((level) => inPercent(levels?.[level] ?? 1));
  return [...shares.sort(), inPercent(strength), protection, enhance, ...atLevels].join();
}

const inPercent = (share) => Math.round(100 * share);

// The look of a result as it was published: `auto` chooses one, and the checks may have lowered its strength.
export function publishedLook({ look, chosen, verdict }) {
  const published = chosen?.look ?? look;
  return verdict?.outcome === "lowered" ? { ...published, strength: verdict.strength } : published;
}
