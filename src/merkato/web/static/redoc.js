// Starts ReDoc with the fonts of the reader's own system.
const place = document.getElementById("documentation");
const fonts = 'system-ui, -apple-system, "Segoe UI", sans-serif';
Redoc.init(
  place.dataset.document,
  {
    nativeScrollbars: true,
    theme: {
      typography: { fontFamily: fonts, headings: { fontFamily: fonts } },
      colors: { primary: { main: "#1f6f5c" } },
    },
  },
  place,
);
