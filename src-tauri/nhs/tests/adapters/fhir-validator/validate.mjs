// Holds resources to profiles by validators that are not ours. Standard input: { "profiles": a folder with
// StructureDefinitions, ValueSets and CodeSystems of STU3, "resources": [...] }. Standard output, for each resource:
// { "errors": [...], "unchecked": [...] }.
//
// `fhir` judges structure: unknown and missing elements, single or many, formats, codes of required value sets. By itself
// it holds a resource to no more than the first level of a profile and to no slice. So a profile is rewritten here into
// what it does judge: a slice becomes an element of its own name, a data type that the profile narrows becomes a part
// with elements of its own, and the profile of an extension is put where the extension stands. `fhirpath` judges the
// invariants. What neither can judge (value sets without a list of codes, expressions that it cannot run) comes back as
// unchecked.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fhir from "fhir";
import { ParseConformance } from "fhir/parseConformance.js";
import fhirpath from "fhirpath";
import stu3 from "fhirpath/fhir-context/stu3/index.js";

// Both validators remark on their work by the way; standard output is for the answer alone.
console.log = () => {};

const { profiles: folder, resources } = JSON.parse(await text(process.stdin));
const definitions = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
const byUrl = new Map(definitions.map((definition) => [definition.url, definition]));
const structures = definitions.filter(({ resourceType }) => resourceType === "StructureDefinition");
const profileOf = new Map(structures.filter(({ type }) => type !== "Extension").map((profile) => [profile.type, profile]));

const PATH_OF_A_SLICE = /:/;
const SLICE = "__";

/** The elements of a profile, those of its extensions' profiles among them. */
function elementsOf(profile) {
  return profile.snapshot.element.flatMap((element) => {
    const [type] = element.type ?? [];
    const extension = type?.code === "Extension" && byUrl.get([type.profile].flat()[0]);
    if (!extension) return [element];
    const { id } = element;
    const inner = extension.snapshot.element.slice(1);
    return [element, ...inner.map((part) => ({ ...part, id: id + part.id.slice("Extension".length) }))];
  });
}

/** A choice that a profile narrows to one type is an element, and no slice: `valueCodeableConcept:valueCodeableConcept`. */
const withoutChoices = (id) => id.replace(/\b(value[A-Z]\w*):\1\b/g, "$1");

/** Whether a profile allows one where its base allows many: a list of one is then judged as that one. */
const isOneOfMany = ({ id, max, base }) => max === "1" && (base?.max !== "1" || PATH_OF_A_SLICE.test(lastOf(id)));
const lastOf = (id) => id.slice(id.lastIndexOf("."));

/** A profile as the validator of structure can judge it. */
function rewritten(profile) {
  const elements = elementsOf(profile).map((element) => ({ ...element, id: withoutChoices(element.id) }));
  const narrowed = new Set(elements.map(({ id }) => id.slice(0, id.lastIndexOf("."))));
  const forbidden = elements.filter(({ max }) => max === "0").map(({ id }) => id);
  const isForbidden = (id) => forbidden.some((one) => id === one || id.startsWith(`${one}.`));
  const element = elements
    .filter(({ id }) => !isForbidden(id))
    .map((one) => {
      const { base, ...kept } = one;
      const isComplex = one.type?.length === 1 && /^[A-Z]/.test(one.type[0].code);
      const isPart =
        isComplex && one.id.includes(".") && narrowed.has(one.id) && one.binding?.strength !== "required";
      return {
        ...kept,
        ...(isOneOfMany(one) ? {} : { base }),
        // The ids of elements are of a type without a code of its own.
        type: isPart ? [{ code: "BackboneElement" }] : one.type?.map((type) => ({ ...type, code: type.code ?? "string" })),
        id: one.id.replaceAll(":", SLICE),
      };
    });
  return { ...profile, id: profile.type, snapshot: { element } };
}

/** The slices of an element: name, whether there can be only one, and which values are theirs. */
function slicesOf(elements, id) {
  const slices = elements.filter((one) => one.id.startsWith(`${id}:`) && !one.id.slice(id.length).includes("."));
  return slices.map((slice) => {
    const children = elements.filter((one) => one.id.startsWith(`${slice.id}.`));
    const fixed = children.flatMap((one) => {
      const key = Object.keys(one).find((name) => name.startsWith("fixed"));
      const path = one.id.slice(slice.id.length + 1);
      return key && !path.includes(".") ? [[path, one[key]]] : [];
    });
    const url = [slice.type?.[0]?.profile].flat()[0];
    const isTheirs = (value) =>
      url ? value.url === url : fixed.length > 0 && fixed.every(([path, expected]) => value[path] === expected);
    return { name: lastOf(slice.id).slice(1), single: isOneOfMany(slice), isTheirs };
  });
}

/** A value in which what belongs to a slice stands under the slice's own name. */
function sorted(value, elements, id) {
  if (Array.isArray(value)) return value.map((one) => sorted(one, elements, id));
  if (value === null || typeof value !== "object") return value;
  if (id.endsWith(".contained")) return resource(value);
  const result = {};
  for (const [key, inner] of Object.entries(value)) {
    const path = `${id}.${key}`;
    const slices = Array.isArray(inner) ? slicesOf(elements, path) : [];
    let rest = inner;
    for (const { name, single, isTheirs } of slices) {
      const theirs = rest.filter(isTheirs).map((one) => sorted(one, elements, `${id}.${name}`));
      rest = rest.filter((one) => !isTheirs(one));
      if (theirs.length > 0) result[name.replaceAll(":", SLICE)] = single && theirs.length === 1 ? theirs[0] : theirs;
    }
    if (slices.length > 0 && rest.length === 0) continue;
    const isSingle = elements.some((element) => element.id === path && isOneOfMany(element));
    result[key] = sorted(isSingle && rest.length === 1 ? rest[0] : rest, elements, path);
  }
  return result;
}

function resource(value) {
  const profile = profileOf.get(value.resourceType);
  if (!profile) return value;
  const elements = elementsOf(profile).map((element) => ({ ...element, id: withoutChoices(element.id) }));
  const { resourceType, ...rest } = value;
  return { resourceType, ...sorted(rest, elements, resourceType) };
}

const parser = new ParseConformance(true, fhir.Versions.STU3);
const of = (kind) => definitions.filter(({ resourceType }) => resourceType === kind);
of("CodeSystem").forEach((system) => parser.loadCodeSystem(system));
parser.sortValueSetDependencies(of("ValueSet")).forEach((set) => parser.parseValueSet(set));
for (const profile of profileOf.values()) parser.parseStructureDefinition(rewritten(profile));
const validator = new fhir.Fhir(parser);

function structure(value) {
  const { messages } = validator.validate(resource(value), { errorOnUnexpected: true });
  const told = ({ resourceId, location, message }) => `${resourceId} ${location.replaceAll(SLICE, ":")}: ${message}`;
  const severe = messages.filter(({ severity }) => severity === "error" || severity === "fatal");
  const unknown = messages.filter(({ severity, message }) => severity === "info" && message.startsWith("Value set"));
  return { errors: severe.map(told), unchecked: unknown.map(told) };
}

// That an element is not empty is said in a way that holds for the XML form alone; structure is judged anyway.
const FOR_XML_ALONE = "ele-1";
// Narrative, which we never send, has a name that the language of invariants takes for an operator.
const isNarrative = (path) => path.endsWith(".div");

/** The invariants of a resource's profile, each on every element that it is for. */
function invariants(value) {
  const [errors, unchecked] = [[], []];
  const elements = profileOf.get(value.resourceType)?.snapshot.element ?? [];
  const whole = elements.filter(({ id, path }) => !PATH_OF_A_SLICE.test(id) && !isNarrative(path));
  for (const { id, path, constraint } of whole) {
    for (const { key, severity, human, expression } of constraint ?? []) {
      if (!expression || severity !== "error" || key === FOR_XML_ALONE) continue;
      try {
        const everywhere = path.includes(".") ? `${path}.all(${expression})` : expression;
        const [holds] = fhirpath.evaluate(value, everywhere, { resource: value }, stu3);
        if (holds === false) errors.push(`${value.id ?? "#initial"} ${id}: ${key}: ${human}`);
      } catch (error) {
        unchecked.push(`${id}: ${key}: ${error.message ?? error}`);
      }
    }
  }
  return { errors, unchecked };
}

const answers = resources.map((value) => {
  const parts = [structure(value), ...[value, ...(value.contained ?? [])].map(invariants)];
  const all = (name) => [...new Set(parts.flatMap((part) => part[name]))];
  return { errors: all("errors"), unchecked: all("unchecked") };
});
process.stdout.write(JSON.stringify(answers));
