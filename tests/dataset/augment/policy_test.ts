import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { INGREDIENTS, POLICIES } from "../../../lib/dataset/augment/ingredients.ts";
import { parsePolicy, policyText } from "../../../lib/dataset/augment/policy.ts";

Deno.test("a policy's text has every parameter and is read as the same policy", () => {
  assertEquals(policyText(parsePolicy("none")), "none");
  assertEquals(
    policyText(parsePolicy("gamma + affine(rotation=5)")),
    "affine(p=0.8,rotation=5,zoom=1.3,aspect=0.15,shear=0.1,shift=0.1)+gamma(p=0.5,range=0.4)",
  );
  assertEquals(parsePolicy("mixup + light"), parsePolicy(`${POLICIES.light}+mixup`));
  for (const text of [...Object.keys(POLICIES), Object.keys(INGREDIENTS).join("+")]) {
    const policy = parsePolicy(text);
    assertEquals(parsePolicy(policyText(policy)), policy);
  }
});

Deno.test("a text that is no policy is refused with the reason", () => {
  const cases: Record<string, string> = {
    "": `"" is no ingredient`,
    "flip+": `"" is no ingredient`,
    "none+flip": `"none" is no ingredient`,
    "light+gamma": "gamma occurs twice",
    "strong(p=1)": `"strong" is no ingredient`,
    "Flip": `"Flip" is no ingredient`,
    "constructor": `"constructor" is no ingredient`,
    "2*flip": "flip has no factor and no mode",
    "flip:image": "flip has no factor and no mode",
    "flip+flip": "flip occurs twice",
    "flip(q=1)": "flip has no parameter q, but p",
    "affine(toString=1)": "is no ingredient",
    "affine(zoom=0.5)": "zoom of affine is not from 1 to 4",
    "blur(sigma=-1)": "sigma of blur is not from 0 to 5",
    "mixup(alpha=0)": "alpha of mixup is not from 0.01 to 10",
  };
  for (const [text, why] of Object.entries(cases)) {
    const error = assertThrows(() => parsePolicy(text), InputError, why);
    assertEquals((error as InputError).field, "augment");
  }
});
