/** The statistics of what is drawn for images. Seeds are fixed, so nothing is left to chance. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import { drawBeta } from "../../../lib/dataset/augment/beta.ts";
import { drawImage, type ImageDraw } from "../../../lib/dataset/augment/draw.ts";
import { INGREDIENTS } from "../../../lib/dataset/augment/ingredients.ts";
import { parsePolicy } from "../../../lib/dataset/augment/policy.ts";

const [WIDTH, HEIGHT] = [96, 64];
const IMAGES = 2000;

function draws(text: string, { seed = 11, epoch = 4, count = IMAGES } = {}): ImageDraw[] {
  const policy = parsePolicy(text);
  return Array.from(
    { length: count },
    (_, index) => drawImage(policy, { seed, epoch, index }, WIDTH, HEIGHT),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Four standard errors of a mean are exceeded once in 16000 honest samples. */
function assertMean(values: readonly number[], mean: number, deviation: number, what: string) {
  const distance = Math.abs(meanOf(values) - mean) / (deviation / Math.sqrt(values.length));
  assert(distance < 4, `the mean of ${what} is ${meanOf(values)}, not ${mean}`);
}

/** Uniform between two bounds: nothing beyond, nearly all of the range, the mean in the middle. */
function assertUniform(values: readonly number[], from: number, to: number, what: string) {
  const range = to - from;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  assert(least >= from - 1e-12 && most <= to + 1e-12, `${what}: ${least} to ${most}`);
  assert(least < from + range / 50 && most > to - range / 50, `${what}: ${least} to ${most}`);
  assertMean(values, (from + to) / 2, range / Math.sqrt(12), what);
  const middle = (from + to) / 2;
  assertMean(values.map((value) => (value - middle) ** 2), range ** 2 / 12, range ** 2 / 13, what);
}

Deno.test("each ingredient comes to its share of the images", () => {
  for (const [name, { p }] of Object.entries(INGREDIENTS)) {
    // A flip is part of the affine map: it turns it over.
    const isDrawn = (draw: ImageDraw) =>
      name === "flip"
        ? draw.affine !== undefined && draw.affine.xx < 0
        : draw[name as keyof ImageDraw] !== undefined;
    for (const share of [0, p.default, 1]) {
      const drawn = draws(`${name}(p=${share})`).map((draw) => isDrawn(draw) ? 1 : 0);
      assertMean(drawn, share, Math.sqrt(share * (1 - share)) + 1e-9, name);
    }
  }
});

Deno.test("what is drawn is uniform within its bounds", () => {
  const all = draws("gamma(p=1,range=0.4)+contrast(p=1,range=0.25)+brightness(p=1,range=0.1)")
    .map(({ gamma = 0, contrast = 0, brightness = 0 }) => ({ gamma, contrast, brightness }));
  assertUniform(all.map(({ gamma }) => Math.log(gamma)), -0.4, 0.4, "log gamma");
  assertUniform(all.map(({ contrast }) => contrast), 0.75, 1.25, "contrast");
  assertUniform(all.map(({ brightness }) => brightness), -0.1, 0.1, "brightness");
  const rough = draws("gain(p=1,range=0.3)+blur(p=1,sigma=2)+speckle(p=1,strength=0.2)+noise(p=1)");
  assertUniform(rough.map(({ gain }) => gain![0]), -0.3, 0.3, "gain at the top");
  assertUniform(rough.map(({ gain }) => gain![1]), -0.3, 0.3, "gain at the bottom");
  assertUniform(rough.map(({ blur }) => blur!), 0, 2, "blur");
  assertUniform(rough.map(({ speckle }) => speckle!), 0, 0.2, "speckle");
  assertUniform(rough.map(({ noise }) => noise!), 0, 0.05, "noise");
  const shadows = draws("shadow(p=1,width=0.2,strength=0.6)").map(({ shadow }) => shadow!);
  assertUniform(shadows.map(({ x }) => x), 0, 1, "a shadow's place");
  assertUniform(shadows.map(({ y }) => y), 0, 0.6, "a shadow's top");
  assertUniform(shadows.map(({ lean }) => lean), -0.2, 0.2, "a shadow's lean");
  assertUniform(shadows.map(({ width }) => width), 0.06, 0.2, "a shadow's width");
  assertUniform(shadows.map(({ strength }) => strength), 0, 0.6, "a shadow's strength");
});

Deno.test("an affine map turns, scales and shifts about the middle, within its bounds", () => {
  const maps = (text: string) => draws(text).map(({ affine }) => affine!);
  const rest = { rotation: 0, zoom: 1, aspect: 0, shear: 0, shift: 0 };
  const only = (given: Partial<typeof rest>) => {
    const parameters = Object.entries({ ...rest, ...given }).map(([name, value]) =>
      `${name}=${value}`
    );
    return maps(`affine(p=1,${parameters})`);
  };
  const degrees = only({ rotation: 20 }).map(({ yx, xx }) => Math.atan2(yx, xx) * 180 / Math.PI);
  assertUniform(degrees, -20, 20, "the turn");
  const zoom = Math.log(1.3);
  assertUniform(only({ zoom: 1.3 }).map(({ xx }) => Math.log(xx)), -zoom, zoom, "the zoom");
  const aspects = only({ aspect: 0.15 }).map(({ xx, yy }) => Math.log(xx / yy));
  assertUniform(aspects, -0.15, 0.15, "the aspect");
  assertUniform(only({ shear: 0.1 }).map(({ xy }) => xy), -0.1, 0.1, "the shear");
  const shifted = only({ shift: 0.1 });
  assertUniform(shifted.map(({ x0 }) => x0), -0.1 * WIDTH, 0.1 * WIDTH, "the shift across");
  assertUniform(shifted.map(({ y0 }) => y0), -0.1 * HEIGHT, 0.1 * HEIGHT, "the shift down");
  for (const { xx, xy, x0, yx, yy, y0 } of maps("flip+affine(p=1,shift=0)").slice(0, 50)) {
    const [x, y] = [(WIDTH - 1) / 2, (HEIGHT - 1) / 2];
    assert(Math.hypot(xx * x + xy * y + x0 - x, yx * x + yy * y + y0 - y) < 1e-9);
  }
});

Deno.test("nodes of the elastic grid are normal, squares and boxes lie where they may", () => {
  const grids = draws("elastic(p=1,strength=0.02,cells=4)", { count: 100 });
  for (const [axis, side] of [["dx", WIDTH], ["dy", HEIGHT]] as const) {
    const nodes = grids.flatMap(({ elastic }) => [...elastic![axis]]);
    assertEquals(nodes.length, 100 * 49);
    const sigma = 0.02 * side;
    assertMean(nodes, 0, sigma, axis);
    assertMean(nodes.map((node) => node ** 2), sigma ** 2, Math.SQRT2 * sigma ** 2, `${axis}^2`);
    const within = nodes.map((node) => Math.abs(node) < sigma ? 1 : 0);
    assertMean(within, 0.6827, 0.466, `${axis} within one sigma`);
  }
  const squares = draws("cutout(p=1,size=0.25)").map(({ cutout }) => cutout!);
  assertUniform(squares.map(({ side }) => side), 0, 16, "a square's side");
  for (const { left, top, width, height } of draws("cutmix(p=1)").map(({ cutmix }) => cutmix!)) {
    assert([left, top, width, height].every((value) => Number.isInteger(value) && value >= 0));
    assert(left + width <= WIDTH && top + height <= HEIGHT);
  }
});

Deno.test("shares of mixed images have the beta distribution", () => {
  for (const alpha of [0.01, 0.4, 1, 2.5, 10]) {
    const random = new RandomStream(3, "beta");
    const shares = Array.from({ length: 4000 }, () => drawBeta(random, alpha));
    const variance = 1 / (4 * (2 * alpha + 1));
    assert(shares.every((share) => share >= 0 && share <= 1));
    assertMean(shares, 0.5, Math.sqrt(variance), `Beta(${alpha})`);
    const squares = shares.map((share) => (share - 0.5) ** 2);
    // No distribution from 0 to 1 has a larger deviation of these squares.
    assertMean(squares, variance, 0.125, `Beta(${alpha}), squared`);
  }
  const mixed = draws("mixup(p=1,alpha=1)+cutmix(p=1,alpha=1)");
  assertUniform(mixed.map(({ mixup }) => mixup!.share), 0, 1, "the share of mixup");
  assertUniform(mixed.map(({ mixup }) => mixup!.partner), 0, 1, "the partner of mixup");
  assertUniform(mixed.map(({ cutmix }) => cutmix!.partner), 0, 1, "the partner of cutmix");
});

Deno.test("draws of images, epochs, seeds and ingredients know nothing of each other", () => {
  const flips = (seed: number, epoch: number, text = "flip") =>
    draws(text, { seed, epoch }).map(({ affine }) => affine && affine.xx < 0 ? 1 : 0);
  const [first, others] = [flips(1, 0), [flips(1, 1), flips(2, 0), flips(1, 0).slice(1)]];
  for (const other of others) {
    const equal: number[] = other.map((flip, i) => flip === first[i] ? 1 : 0);
    assertMean(equal, 0.5, 0.5, "equal flips");
  }
  const gammas: number[] = draws("gamma(p=0.5)", { seed: 1, epoch: 0 })
    .map(({ gamma }, i) => (gamma === undefined ? 0 : 1) === first[i] ? 1 : 0);
  assertMean(gammas, 0.5, 0.5, "flips with gamma");

  const alone = draws("elastic+noise", { count: 50 });
  const among = draws("flip+affine+elastic+gamma+noise+mixup", { count: 50 });
  alone.forEach(({ elastic, noise }, i) => {
    assertEquals({ elastic: among[i].elastic, noise: among[i].noise }, { elastic, noise });
  });
  assertNotEquals(alone[0], draws("elastic+noise", { count: 1, epoch: 5 })[0]);
});
