// The lines of the icons, in a square of sixteen.

export const ICONS = {
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  search: "M10.2 10.2L13.5 13.5M11.5 7a4.5 4.5 0 1 1 -9 0a4.5 4.5 0 1 1 9 0",
  up: "M4 10l4 -4l4 4",
  down: "M4 6l4 4l4 -4",
  cross: "M4 4l8 8M12 4l-8 8",
  back: "M10 4l-4 4l4 4",
  forward: "M6 4l4 4l-4 4",
  export: "M8 2.5v7.5M5 7l3 3l3 -3M3 10.5v3h10v-3",
  settings: "M2.5 4.5h5M11.5 4.5h2M2.5 11.5h2M8.5 11.5h5M11.5 4.5a2 2 0 1 1 -4 0a2 2 0 1 1 4 0M8.5 11.5a2 2 0 1 1 -4 0a2 2 0 1 1 4 0",
  window: "M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5l4.5 -4.5",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
};
