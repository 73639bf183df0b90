// The rows every benchmark uses: about 200 bytes of JSON in 5 columns and an id, the same for the same number.

/** splitmix32: the same rows in every run and on every side. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

const hex = (value) => value.toString(16).padStart(8, "0");

export function uuidOf(random) {
  const a = hex(random());
  const b = hex(random());
  const c = hex(random());
  const d = hex(random());
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

const words =
  "amber basin cliff delta ember fjord grove haven inlet jetty knoll ledge marsh north ocean point quay ridge shore tidal".split(
    " ",
  );

/** Row `index` as an object with the columns id, list_id, description, completed, created_at, created_by. */
export function rowOf(index, lists) {
  const random = randomOf(index * 2654435761);
  const text = [];
  for (let i = 0; i < 7; ++i) text.push(words[random() % words.length]);
  return {
    id: uuidOf(random),
    list_id: lists[index % lists.length],
    description: `${text.join(" ")} ${index}`,
    completed: random() & 1,
    created_at: `2026-0${1 + (index % 9)}-1${index % 10}T12:34:56.789Z`,
    created_by: `user-${index % 50}`,
  };
}

export function listsOf(count) {
  const random = randomOf(42);
  return Array.from({ length: count }, () => uuidOf(random));
}
