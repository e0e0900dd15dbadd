// Visible texts below the contrast that WCAG AA requires (4.5, or 3 if large), each as "ratio: text".
() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [red, green, blue] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(node).backgroundColor);
      if (alpha > 0.5) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const lowContrast = (element) => {
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(channels(style.color)), luminance(backgroundOf(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    return ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5) && `${ratio.toFixed(2)}: ${element.textContent.trim()}`;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll("*")].filter((e) => hasText(e) && e.checkVisibility()).map(lowContrast).filter(Boolean);
}
